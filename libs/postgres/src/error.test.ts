import { describe, expect, it } from "vitest";
import { isRetryableTransaction, isUnavailable, isUniqueViolation, PoolExhaustedError, readSqlState } from "./error.ts";

const withCode = (code: string, message = "failed") => Object.assign(new Error(message), { code });
const fromServer = (code: string) => Object.assign(withCode(code), { severity: "ERROR" });

describe("isUnavailable", () => {
  it.each([
    ["refused", withCode("ECONNREFUSED")],
    ["refused on every address", new AggregateError([withCode("ECONNREFUSED"), withCode("ECONNREFUSED")])],
    ["wrapped", new Error("cannot book", { cause: new Error("query", { cause: withCode("ECONNRESET") }) })],
    ["shut down by an administrator", fromServer("57P01")],
    ["starting up", fromServer("57P03")],
    ["out of connections", fromServer("53300")],
    ["disk full", fromServer("53100")],
    ["a standby", fromServer("25006")],
    ["a statement timeout", fromServer("57014")],
    ["a pool that is overrun", new PoolExhaustedError("1000 callers wait")],
    ["a broken connection", new Error("Connection terminated unexpectedly")],
    ["a slow connect", new Error("timeout exceeded when trying to connect")],
    ["a slow answer", new Error("Query read timeout")],
  ])("is so for %s", (_, error) => expect(isUnavailable(error)).toBe(true));

  it.each([
    ["a broken constraint", fromServer("23505")],
    ["a syntax error", fromServer("42601")],
    ["a serialization failure", fromServer("40001")],
    ["a wrong password", fromServer("28P01")],
    ["our own mistake", new TypeError("x is not a function")],
    ["no error", undefined],
  ])("is not so for %s", (_, error) => expect(isUnavailable(error)).toBe(false));
});

describe("readSqlState", () => {
  it("takes only the server's codes, along causes, and ends on a circle", () => {
    expect(readSqlState(new Error("outer", { cause: fromServer("40P01") }))).toBe("40P01");
    expect(readSqlState(withCode("EPIPE"))).toBeUndefined();
    const circle = new Error("circle");
    circle.cause = circle;
    expect(readSqlState(circle)).toBeUndefined();
  });

  it("tells apart what to do", () => {
    expect(isRetryableTransaction(fromServer("40P01"))).toBe(true);
    expect(isRetryableTransaction(fromServer("23505"))).toBe(false);
    expect(isUniqueViolation(Object.assign(fromServer("23505"), { constraint: "a_key" }), "b_key")).toBe(false);
  });
});
