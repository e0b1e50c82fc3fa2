/**
 * The OpenTelemetry names Sluice uses, copied because many of them may still change.
 * Source: @opentelemetry/semantic-conventions 1.45.0 (stable and incubating), seen 2026-11-22.
 */

export const GEN_AI_OPERATION_NAME = "gen_ai.operation.name";
export const GEN_AI_PROVIDER_NAME = "gen_ai.provider.name";
export const GEN_AI_REQUEST_MODEL = "gen_ai.request.model";
export const GEN_AI_REQUEST_MAX_TOKENS = "gen_ai.request.max_tokens";
export const GEN_AI_REQUEST_STREAM = "gen_ai.request.stream";
export const GEN_AI_REQUEST_TEMPERATURE = "gen_ai.request.temperature";
export const GEN_AI_RESPONSE_ID = "gen_ai.response.id";
export const GEN_AI_RESPONSE_MODEL = "gen_ai.response.model";
export const GEN_AI_RESPONSE_FINISH_REASONS = "gen_ai.response.finish_reasons";
/** Seconds from the request to the first chunk. */
export const GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK = "gen_ai.response.time_to_first_chunk";
/** "input" or "output", on gen_ai.client.token.usage. */
export const GEN_AI_TOKEN_TYPE = "gen_ai.token.type";
export const GEN_AI_USAGE_INPUT_TOKENS = "gen_ai.usage.input_tokens";
export const GEN_AI_USAGE_OUTPUT_TOKENS = "gen_ai.usage.output_tokens";
export const GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS = "gen_ai.usage.cache_read.input_tokens";
export const GEN_AI_USAGE_CACHE_CREATION_INPUT_TOKENS = "gen_ai.usage.cache_creation.input_tokens";
export const GEN_AI_USAGE_REASONING_OUTPUT_TOKENS = "gen_ai.usage.reasoning.output_tokens";

export const RPC_SYSTEM_NAME = "rpc.system.name";
/** The full name: "sluice.policy.v1.PolicyService/AcquireLeases". */
export const RPC_METHOD = "rpc.method";
/** The Connect code of a failed call: "unavailable". */
export const RPC_RESPONSE_STATUS_CODE = "rpc.response.status_code";

export const MESSAGING_SYSTEM = "messaging.system";
export const MESSAGING_OPERATION_NAME = "messaging.operation.name";
/** "send", "receive", "process" or "settle". */
export const MESSAGING_OPERATION_TYPE = "messaging.operation.type";
export const MESSAGING_DESTINATION_NAME = "messaging.destination.name";
export const MESSAGING_MESSAGE_ID = "messaging.message.id";
export const MESSAGING_BATCH_MESSAGE_COUNT = "messaging.batch.message_count";
export const MESSAGING_CONSUMER_GROUP_NAME = "messaging.consumer.group.name";

export const HTTP_REQUEST_METHOD = "http.request.method";
export const HTTP_RESPONSE_STATUS_CODE = "http.response.status_code";
export const HTTP_ROUTE = "http.route";
export const HTTP_REQUEST_RESEND_COUNT = "http.request.resend_count";

export const SERVER_ADDRESS = "server.address";
export const SERVER_PORT = "server.port";
/** Low cardinality: a reason, a class of error, a status code. */
export const ERROR_TYPE = "error.type";

export const SERVICE_NAME = "service.name";
export const SERVICE_VERSION = "service.version";
export const SERVICE_INSTANCE_ID = "service.instance.id";

/** Metrics. Seconds, tokens. */
export const METRIC_GEN_AI_CLIENT_OPERATION_DURATION = "gen_ai.client.operation.duration";
export const METRIC_GEN_AI_CLIENT_TOKEN_USAGE = "gen_ai.client.token.usage";
export const METRIC_GEN_AI_CLIENT_TIME_TO_FIRST_CHUNK = "gen_ai.client.operation.time_to_first_chunk";
export const METRIC_HTTP_SERVER_REQUEST_DURATION = "http.server.request.duration";
export const METRIC_RPC_CLIENT_CALL_DURATION = "rpc.client.call.duration";
export const METRIC_RPC_SERVER_CALL_DURATION = "rpc.server.call.duration";
