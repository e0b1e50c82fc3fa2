/** Ids of one exchange. They count up from 1, so that two runs of one script answer alike. */
export interface ExchangeIds {
  readonly requestId: string;
  readonly completionId: string;
  readonly messageId: string;
  readonly responseId: string;
  /** Id of the nth output item of a response (from 0), after its kind's prefix: msg, rs, fc, ctc. */
  readonly itemId: (prefix: string, index: number) => string;
  /** Id of the nth tool call of the answer (from 0). */
  readonly openaiCallId: (index: number) => string;
  readonly anthropicCallId: (index: number) => string;
  readonly bedrockCallId: (index: number) => string;
  readonly cohereId: string;
  readonly cohereCallId: (name: string, index: number) => string;
  readonly geminiResponseId: string;
  readonly geminiCallId: (index: number) => string;
}

export function createExchangeIds(number: number): ExchangeIds {
  const digits = String(number).padStart(12, "0");
  return {
    requestId: `req_fake${digits}`,
    completionId: `chatcmpl-Fake${digits}`,
    messageId: `msg_01Fake${digits}`,
    responseId: `resp_fake${digits}`,
    itemId: (prefix, index) => `${prefix}_fake${digits}x${index}`,
    openaiCallId: (index) => `call_Fake${digits}x${index}`,
    bedrockCallId: (index) => `tooluse_Fake${digits}x${index}`,
    cohereId: `00000000-0000-4000-8000-${digits}`,
    cohereCallId: (name, index) => `${name}_fake${digits}x${index}`,
    geminiResponseId: `fake${digits}`,
    geminiCallId: (index) => `fakecall${digits}x${index}`,
    anthropicCallId: (index) => `toolu_01Fake${digits}x${index}`,
  };
}
