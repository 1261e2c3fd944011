/** lmdb prints the errors of commits, with a stack, that it also rejects with. The hub tells those by their code. */
export function quietLmdb(): void {
  const print = console.error
  console.error = (...values: unknown[]) => {
    if (!isOfCommit(values[0])) print(...values)
  }
}

function isOfCommit(value: unknown): boolean {
  return value instanceof Error && /[/\\]lmdb[/\\]write\.js:/.test(value.stack ?? '')
}
