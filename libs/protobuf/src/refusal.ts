/**
 * Thrown by the compiled code at anything that it does not take; protobuf-es then does the whole of the work, or says what is wrong. One
 * object, made once: taking its stack trace would cost more than the work itself.
 */
export const refusal = new Error("the compiled codec does not take this message");
