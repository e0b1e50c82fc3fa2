import { expect } from "vitest";
import { ConnectError } from "../src/index.ts";

/** The error that a call fails with. */
export async function failureOf(call: Promise<unknown>): Promise<ConnectError> {
  try {
    await call;
  } catch (error) {
    expect(error).toBeInstanceOf(ConnectError);
    return error as ConnectError;
  }
  throw new Error("the call succeeded, expected it to fail");
}
