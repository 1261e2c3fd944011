/** The value if it is text; nothing for data that is otherwise than its type says. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
