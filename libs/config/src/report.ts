/** Where rules put what they find, and what they may rely on. */
export interface Report {
  /** Notes what is wrong with the value at a path. Ignored for a value that could not be read, is not known, or is refused already. */
  problem(path: string, message: string): void;
  /** Whether all names in a list could be read. Of a list that is not whole, nothing can be said to be missing. */
  isWhole(list: string): boolean;
}
