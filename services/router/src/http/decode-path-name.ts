/** A name as a path has it, percent-encoded or not: the official SDKs differ in that. */
export function decodePathName(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
