import { Role } from "@sluice/api/sluice/chat/v1/content";
import {
  assistant,
  document,
  feature,
  image,
  inline,
  kindsOf,
  mediaOf,
  picture,
  type RequestFeature,
  some,
  text,
  textsOf,
  user,
} from "./request-feature.ts";

/** What the turns of a request may say. */
export const messageFeatures: readonly RequestFeature[] = [
  feature(
    "turns of user and model",
    { messages: [user(text("Hi")), assistant(text("Ho")), user(text("Hu?"))] },
    (request) =>
      request.messages
        .filter(({ role }) => role === Role.USER || role === Role.ASSISTANT)
        .map(({ role, parts }) => [
          role,
          parts.map((part) => (part.kind.case === "text" ? part.kind.value.text : part.kind.case)),
        ]),
  ),
  feature(
    "system turn",
    { messages: [{ role: Role.SYSTEM, parts: [text("Be brief")] }, user(text("Hi"))] },
    (request) => textsOf(request, Role.SYSTEM) || textsOf(request, Role.DEVELOPER) || undefined,
  ),
  feature(
    "developer turn",
    { messages: [{ role: Role.DEVELOPER, parts: [text("Be brief")] }, user(text("Hi"))] },
    (request) => textsOf(request, Role.SYSTEM) || textsOf(request, Role.DEVELOPER) || undefined,
  ),
  feature("several parts in a turn", { messages: [user(text("One"), text("Two"))] }, (request) =>
    textsOf(request, Role.USER),
  ),
  feature("model's turn at the end (prefill)", { messages: [user(text("Hi")), assistant(text("Once"))] }, (request) =>
    request.messages.at(-1)?.role === Role.ASSISTANT ? textsOf(request, Role.ASSISTANT) : undefined,
  ),
  feature(
    "participant's name",
    { messages: [{ role: Role.USER, participant: "ada", parts: [text("Hi")] }] },
    (request) => request.messages.at(-1)?.participant || undefined,
  ),
  feature("picture, bytes", { messages: [user(text("What?"), image(inline))] }, mediaOf("image")),
  feature(
    "picture, address",
    { messages: [user(image({ source: { case: "url", value: "https://example.com/a.png" } }))] },
    mediaOf("image"),
  ),
  feature(
    "picture, file id",
    { messages: [user(image({ source: { case: "fileId", value: "file_1" } }))] },
    mediaOf("image"),
  ),
  feature("picture's detail", { messages: [user(image(inline, { detail: "low" }))] }, (request) =>
    some(
      kindsOf(request, "image")
        .map(({ detail }) => detail)
        .filter((detail) => detail !== ""),
    ),
  ),
  feature(
    "sound, bytes",
    {
      messages: [
        user({
          kind: {
            case: "audio",
            value: { media: { source: { case: "inlineData", value: picture }, mediaType: "audio/wav" } },
          },
        }),
      ],
    },
    mediaOf("audio"),
  ),
  feature(
    "document, PDF bytes",
    {
      messages: [
        user(
          text("Read"),
          document({ media: { source: inline.source, mediaType: "application/pdf", filename: "a.pdf" } }),
        ),
      ],
    },
    mediaOf("document"),
  ),
  feature(
    "document, address",
    {
      messages: [
        user(
          text("Read"),
          document({
            media: { source: { case: "url", value: "https://example.com/a.pdf" }, mediaType: "application/pdf" },
          }),
        ),
      ],
    },
    mediaOf("document"),
  ),
  feature(
    "document's title and context",
    {
      messages: [
        user(
          text("Read"),
          document({ media: { source: inline.source, mediaType: "application/pdf" }, title: "T", context: "C" }),
        ),
      ],
    },
    (request) =>
      some(
        kindsOf(request, "document")
          .filter(({ title, context }) => title !== "" || context !== "")
          .map(({ title, context }) => [title, context]),
      ),
  ),
  feature(
    "citations asked for",
    {
      messages: [
        user(
          text("Read"),
          document({ media: { source: inline.source, mediaType: "application/pdf" }, citations: true }),
        ),
      ],
    },
    (request) => some(kindsOf(request, "document").flatMap(({ citations }) => citations ?? [])),
  ),
];
