import { createTaskWords } from "../task.ts";

export const taskWords = createTaskWords({
  search_query: "search_query",
  search_document: "search_document",
  classification: "classification",
  clustering: "clustering",
});
