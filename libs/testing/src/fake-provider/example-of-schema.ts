import { isObject, type JsonObject } from "./json.ts";

/**
 * The smallest value that fits a JSON schema, the same for the same schema: first enum value or const, required
 * properties only, property names as text. Understands type, enum, const, properties, required, items, minItems,
 * minimum, anyOf, oneOf, allOf and local $ref; anything else is taken to allow everything.
 */
export function exampleOfSchema(schema: JsonObject, name = "text", root: JsonObject = schema, depth = 0): unknown {
  if (depth > 20) {
    return null;
  }
  const inner = (value: unknown, innerName = name): unknown =>
    exampleOfSchema(isObject(value) ? value : {}, innerName, root, depth + 1);
  if ("const" in schema) {
    return schema["const"];
  }
  if (Array.isArray(schema["enum"])) {
    return schema["enum"][0];
  }
  if (typeof schema["$ref"] === "string") {
    return inner(resolveReference(root, schema["$ref"]));
  }
  for (const combined of ["anyOf", "oneOf", "allOf"]) {
    const options = schema[combined];
    if (Array.isArray(options)) {
      return inner(options[0]);
    }
  }
  const type = Array.isArray(schema["type"]) ? schema["type"][0] : schema["type"];
  switch (type) {
    case "string":
      return name;
    case "integer":
    case "number":
      return typeof schema["minimum"] === "number" ? schema["minimum"] : 1;
    case "boolean":
      return true;
    case "null":
      return null;
    case "array": {
      const length = typeof schema["minItems"] === "number" ? schema["minItems"] : 1;
      return Array.from({ length }, () => inner(schema["items"]));
    }
    default: {
      const properties = isObject(schema["properties"]) ? schema["properties"] : {};
      const required = Array.isArray(schema["required"]) ? schema["required"] : [];
      return Object.fromEntries(
        required.filter((key) => typeof key === "string").map((key) => [key, inner(properties[key], key)]),
      );
    }
  }
}

function resolveReference(root: JsonObject, reference: string): unknown {
  let at: unknown = root;
  for (const step of reference.replace(/^#\/?/, "").split("/")) {
    at = step === "" ? at : isObject(at) ? at[step] : undefined;
  }
  return at;
}
