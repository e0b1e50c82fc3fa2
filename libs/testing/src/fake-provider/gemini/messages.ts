import type { FieldKind, Message } from "./proto-json.ts";

/** The messages of Gemini's v1beta and of Vertex's v1 and v1beta1 (@google/genai 3.1.0, seen 2026-11-22). */
const SCHEMA: Message = {
  name: "Schema",
  fields: {
    anyOf: { list: { message: () => SCHEMA } },
    default: "any",
    description: "string",
    enum: { list: "string" },
    example: "any",
    format: "string",
    items: { message: () => SCHEMA },
    maxItems: "int64",
    maxLength: "int64",
    maxProperties: "int64",
    maximum: "float",
    minItems: "int64",
    minLength: "int64",
    minProperties: "int64",
    minimum: "float",
    nullable: "bool",
    pattern: "string",
    properties: { map: { message: () => SCHEMA } },
    propertyOrdering: { list: "string" },
    required: { list: "string" },
    title: "string",
    type: {
      enumName: "Type",
      values: ["TYPE_UNSPECIFIED", "STRING", "NUMBER", "INTEGER", "BOOLEAN", "ARRAY", "OBJECT", "NULL"],
    },
  },
};

const BLOB: Message = { name: "Blob", fields: { mimeType: "string", data: "bytes", displayName: "string" } };

const FILE_DATA: Message = {
  name: "FileData",
  fields: { mimeType: "string", fileUri: "string", displayName: "string" },
};

const FUNCTION_CALL: Message = {
  name: "FunctionCall",
  fields: { id: "string", name: "string", args: "struct", partialArgs: "any", willContinue: "bool" },
};

const FUNCTION_RESPONSE: Message = {
  name: "FunctionResponse",
  fields: {
    id: "string",
    name: "string",
    response: "struct",
    parts: {
      list: {
        message: () => ({
          name: "FunctionResponsePart",
          fields: {
            inlineData: { message: () => BLOB },
            fileData: { message: () => FILE_DATA },
            mediaProcessing: "any",
          },
        }),
      },
    },
    scheduling: "string",
    willContinue: "bool",
  },
};

const PART: Message = {
  name: "Part",
  fields: {
    text: "string",
    thought: "bool",
    thoughtSignature: "bytes",
    inlineData: { message: () => BLOB },
    fileData: { message: () => FILE_DATA },
    functionCall: { message: () => FUNCTION_CALL },
    functionResponse: { message: () => FUNCTION_RESPONSE },
    executableCode: "any",
    codeExecutionResult: "any",
    videoMetadata: "any",
    mediaResolution: "any",
    toolCall: "any",
    toolResponse: "any",
    audioTranscription: "any",
    partMetadata: "struct",
    mediaProcessing: "any",
    speechMetadata: "any",
  },
};

export const CONTENT: Message = {
  name: "Content",
  fields: { role: "string", parts: { list: { message: () => PART } } },
};

const FUNCTION_DECLARATION: Message = {
  name: "FunctionDeclaration",
  fields: {
    name: "string",
    description: "string",
    behavior: "string",
    parameters: { message: () => SCHEMA },
    parametersJsonSchema: "any",
    response: { message: () => SCHEMA },
    responseJsonSchema: "any",
  },
};

const TOOL: Message = {
  name: "Tool",
  fields: {
    functionDeclarations: { list: { message: () => FUNCTION_DECLARATION } },
    googleSearch: "any",
    googleSearchRetrieval: "any",
    googleMaps: "any",
    codeExecution: "any",
    computerUse: "any",
    urlContext: "any",
    fileSearch: "any",
    mcpServers: "any",
    retrieval: "any",
    enterpriseWebSearch: "any",
  },
};

const TOOL_CONFIG: Message = {
  name: "ToolConfig",
  fields: {
    functionCallingConfig: {
      message: () => ({
        name: "FunctionCallingConfig",
        fields: {
          mode: {
            enumName: "FunctionCallingConfig.Mode",
            values: ["MODE_UNSPECIFIED", "AUTO", "ANY", "NONE", "VALIDATED"],
          },
          allowedFunctionNames: { list: "string" },
          streamFunctionCallArguments: "bool",
        },
      }),
    },
    retrievalConfig: "any",
    includeServerSideToolInvocations: "bool",
  },
};

const THINKING_CONFIG: Message = {
  name: "ThinkingConfig",
  fields: {
    includeThoughts: "bool",
    thinkingBudget: "int32",
    thinkingLevel: {
      enumName: "ThinkingConfig.ThinkingLevel",
      values: ["THINKING_LEVEL_UNSPECIFIED", "MINIMAL", "LOW", "MEDIUM", "HIGH"],
    },
  },
};

const GENERATION_CONFIG: Message = {
  name: "GenerationConfig",
  fields: {
    candidateCount: "int32",
    stopSequences: { list: "string" },
    maxOutputTokens: "int32",
    temperature: "float",
    topP: "float",
    topK: "float",
    seed: "int32",
    presencePenalty: "float",
    frequencyPenalty: "float",
    responseMimeType: "string",
    responseSchema: { message: () => SCHEMA },
    responseJsonSchema: "any",
    responseFormat: "any",
    responseLogprobs: "bool",
    logprobs: "int32",
    responseModalities: { list: "string" },
    thinkingConfig: { message: () => THINKING_CONFIG },
    mediaResolution: "string",
    speechConfig: "any",
    imageConfig: "any",
    audioTimestamp: "bool",
    audioTranscriptionConfig: "any",
    enableAffectiveDialog: "bool",
    enableEnhancedCivicAnswers: "bool",
    modelConfig: "any",
    routingConfig: "any",
    translationConfig: "any",
  },
};

const CONTENTS: FieldKind = { list: { message: () => CONTENT } };

export const GENERATE_CONTENT_REQUEST: Message = {
  name: "GenerateContentRequest",
  fields: {
    model: "string",
    contents: CONTENTS,
    systemInstruction: { message: () => CONTENT },
    tools: { list: { message: () => TOOL } },
    toolConfig: { message: () => TOOL_CONFIG },
    generationConfig: { message: () => GENERATION_CONFIG },
    safetySettings: {
      list: {
        message: () => ({
          name: "SafetySetting",
          fields: { category: "string", threshold: "string", method: "string" },
        }),
      },
    },
    cachedContent: "string",
    continuationToken: "string",
    labels: { map: "string" },
    serviceTier: "string",
    store: "bool",
  },
};

export const COUNT_TOKENS_REQUEST: Message = {
  name: "CountTokensRequest",
  fields: {
    model: "string",
    contents: CONTENTS,
    generateContentRequest: { message: () => GENERATE_CONTENT_REQUEST },
    // Vertex only.
    systemInstruction: { message: () => CONTENT },
    tools: { list: { message: () => TOOL } },
    generationConfig: { message: () => GENERATION_CONFIG },
  },
};

const EMBED_CONTENT_CONFIG: Message = {
  name: "EmbedContentConfig",
  fields: {
    taskType: "string",
    title: "string",
    outputDimensionality: "int32",
    autoTruncate: "bool",
    documentOcr: "bool",
    audioTrackExtraction: "bool",
  },
};

export const EMBED_CONTENT_REQUEST: Message = {
  name: "EmbedContentRequest",
  fields: {
    model: "string",
    content: { message: () => CONTENT },
    taskType: "string",
    title: "string",
    outputDimensionality: "int32",
    autoTruncate: "bool",
    embedContentConfig: { message: () => EMBED_CONTENT_CONFIG },
  },
};

export const BATCH_EMBED_CONTENTS_REQUEST: Message = {
  name: "BatchEmbedContentsRequest",
  fields: { requests: { list: { message: () => EMBED_CONTENT_REQUEST } } },
};
