export { type ClosedPort, createClosedPort } from "./fake-provider/closed-port.ts";
export { FAULT_NAMES, FAULTS, type FaultEffect, type FaultName } from "./fake-provider/faults.ts";
export type {
  FakeProviderStats,
  RecordedRequest,
  ReportedUsage,
  RequestOutcome,
  UsageTotals,
} from "./fake-provider/request-log.ts";
export type {
  Cuts,
  FakeApi,
  Fault,
  Pace,
  Plan,
  RawReply,
  RequestMatch,
  ScriptedReply,
  ScriptedToolCall,
  ScriptedUsage,
  ScriptRule,
} from "./fake-provider/script.ts";
export {
  connectFakeProvider,
  type RemoteFakeProvider,
  type SpawnedFakeProvider,
  type SpawnOptions,
  spawnFakeProvider,
} from "./fake-provider/spawn.ts";
export { type FakeProvider, type FakeProviderOptions, startFakeProvider } from "./fake-provider/start.ts";
export {
  countChatInputTokens,
  countCohereInputTokens,
  countEmbeddingTokens,
  countGeminiInputTokens,
  countMessagesInputTokens,
  countResponsesInputTokens,
  countTokens,
} from "./fake-provider/token-count.ts";
export { startTestNats } from "./nats.ts";
export { createTestDatabase, type TestDatabase, type TestDatabaseOptions } from "./postgres.ts";
export {
  type ExpectationAsOpenaiChat,
  findRecording,
  listRecordings,
  type RecordedExpectation,
  type RecordedToolCall,
  type RecordedUsage,
  type Recording,
  type RecordingApi,
  type RecordingFilter,
  readRecording,
  recordingsAvailable,
  recordingsDirectory,
} from "./recordings.ts";
