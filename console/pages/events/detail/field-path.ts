/** The parts of a field as filters name it: `data.a\.b` has two. */
export function fieldPath(field: string): string[] {
  return field.split(/(?<!\\)\./).map((part) => part.replaceAll('\\.', '.'))
}
