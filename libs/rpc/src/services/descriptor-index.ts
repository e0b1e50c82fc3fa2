import type { AnyDesc, DescFile, DescService } from "@bufbuild/protobuf";
import { nestedTypes } from "@bufbuild/protobuf/reflect";

/** Finds the files that declare things. Undefined: not declared in any file of the services. */
export interface DescriptorIndex {
  /** Full names, in the order given. */
  readonly services: readonly string[];
  fileByName(name: string): DescFile | undefined;
  /** By full name of a message, enum, enum value, extension, service, method, field or oneof. */
  fileBySymbol(name: string): DescFile | undefined;
  fileByExtension(message: string, number: number): DescFile | undefined;
  /** Rising. Undefined where there is no such message. */
  extensionNumbers(message: string): readonly number[] | undefined;
}

/** Indexes the files of services and all files these import. */
export function createDescriptorIndex(services: readonly DescService[]): DescriptorIndex {
  const files = new Map<string, DescFile>();
  const symbols = new Map<string, DescFile>();
  const extensions = new Map<string, Map<number, DescFile>>();

  function addFile(file: DescFile): void {
    const name = `${file.name}.proto`;
    if (files.has(name)) return;
    files.set(name, file);
    for (const desc of nestedTypes(file)) addSymbols(desc, file);
    file.dependencies.forEach(addFile);
  }

  function addSymbols(desc: AnyDesc, file: DescFile): void {
    switch (desc.kind) {
      case "message":
        symbols.set(desc.typeName, file);
        for (const field of desc.fields) symbols.set(`${desc.typeName}.${field.name}`, file);
        for (const oneof of desc.oneofs) symbols.set(`${desc.typeName}.${oneof.name}`, file);
        return;
      case "enum": {
        symbols.set(desc.typeName, file);
        const scope = desc.typeName.slice(0, desc.typeName.lastIndexOf(".") + 1);
        for (const value of desc.values) symbols.set(scope + value.name, file);
        return;
      }
      case "extension": {
        symbols.set(desc.typeName, file);
        const numbers = extensions.get(desc.extendee.typeName) ?? new Map<number, DescFile>();
        extensions.set(desc.extendee.typeName, numbers.set(desc.number, file));
        return;
      }
      case "service":
        symbols.set(desc.typeName, file);
        for (const method of desc.methods) symbols.set(`${desc.typeName}.${method.name}`, file);
        return;
      default:
        return;
    }
  }

  for (const service of services) addFile(service.file);
  return {
    services: services.map(({ typeName }) => typeName),
    fileByName: (name) => files.get(name),
    fileBySymbol: (name) => symbols.get(name),
    fileByExtension: (message, number) => extensions.get(message)?.get(number),
    extensionNumbers(message) {
      if (!symbols.has(message)) return undefined;
      return [...(extensions.get(message)?.keys() ?? [])].sort((a, b) => a - b);
    },
  };
}
