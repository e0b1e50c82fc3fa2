import { createTaskWords } from "../task.ts";

/** After ai.google.dev/api/embeddings#v1beta.TaskType (seen 2026-11-22). */
export const taskWords = createTaskWords({
  search_query: "RETRIEVAL_QUERY",
  search_document: "RETRIEVAL_DOCUMENT",
  classification: "CLASSIFICATION",
  clustering: "CLUSTERING",
  similarity: "SEMANTIC_SIMILARITY",
  question_answering: "QUESTION_ANSWERING",
  fact_verification: "FACT_VERIFICATION",
  code_query: "CODE_RETRIEVAL_QUERY",
});
