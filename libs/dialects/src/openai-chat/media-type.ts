/** The media type of `input_audio.format`. */
export function mediaTypeOfAudioFormat(format: string): string {
  return format === "mp3" ? "audio/mpeg" : `audio/${format}`;
}

/** The `input_audio.format` of a media type. */
export function audioFormatOfMediaType(mediaType: string): string {
  const subtype =
    mediaType
      .toLowerCase()
      .split(";", 1)[0]
      ?.replace(/^audio\//, "") ?? "";
  switch (subtype) {
    case "mpeg":
    case "mp3":
    case "x-mp3":
      return "mp3";
    case "x-wav":
    case "wave":
    case "vnd.wave":
      return "wav";
    default:
      return subtype;
  }
}
