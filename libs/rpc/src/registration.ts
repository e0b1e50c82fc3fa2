import type { DescMethod, DescService } from "@bufbuild/protobuf";
import type { ServiceImpl } from "@connectrpc/connect";

/** What may be set per method of a service, by the method's local name. */
export interface MethodOptions {
  /** "off": inputs reach the handler unchecked, because it checks what it uses itself. Default "on". */
  readonly validate?: "on" | "off";
}

/** A handler of any of the four kinds, with its types forgotten. The kind is in the method's descriptor. */
export type AnyMethodImpl = (request: never, context: never) => unknown;

/** A service together with what implements it: what servers serve and the direct transport calls. */
export interface RpcRegistration {
  readonly service: DescService;
  /** Every method of the service, in the order of the descriptor. */
  readonly methods: readonly RpcMethod[];
}

export interface RpcMethod {
  readonly method: DescMethod;
  /** "/package.Service/Method" */
  readonly path: string;
  /** The handler, bound to its implementation. */
  readonly handle: AnyMethodImpl;
  readonly validate: boolean;
}

/**
 * Binds a service to its implementation. A missing method is a compile error, and a TypeError where types were evaded.
 * `options` are by method, such as `{ complete: { validate: "off" } }`.
 */
export function implement<Desc extends DescService>(
  service: Desc,
  implementation: ServiceImpl<Desc>,
  options: { readonly [Name in keyof Desc["method"]]?: MethodOptions } = {},
): RpcRegistration {
  const handlers = implementation as Readonly<Record<string, unknown>>;
  const methodOptions = options as Readonly<Record<string, MethodOptions | undefined>>;
  const methods = service.methods.map((method): RpcMethod => {
    const handle = handlers[method.localName];
    if (typeof handle !== "function") {
      throw new TypeError(
        `${service.typeName} has no implementation of ${method.name}, expected a function ${method.localName}`,
      );
    }
    return {
      method,
      path: pathOf(method),
      handle: handle.bind(implementation) as AnyMethodImpl,
      validate: methodOptions[method.localName]?.validate !== "off",
    };
  });
  return { service, methods };
}

/** The path of a method's RPC: "/package.Service/Method". */
export function pathOf(method: DescMethod): string {
  return `/${method.parent.typeName}/${method.name}`;
}
