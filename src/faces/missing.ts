/** For zod, in place of "expected string, received undefined". */
export function missing({ input }: { input?: unknown }): string | undefined {
  return input === undefined ? 'is missing' : undefined
}
