/** Does all steps at once, and returns what the last one returns. */
export function finished<Result>(steps: Iterator<unknown, Result>): Result {
  for (;;) {
    const { done, value } = steps.next()
    if (done === true) return value
  }
}

/** A longer list is handled in steps of this number of items. */
export const FEW_ITEMS = 100

/** Returns whether it is a list that is handled in steps. */
export function isLongList(value: unknown): value is unknown[] {
  return Array.isArray(value) && value.length > FEW_ITEMS
}

/** Makes something of each item, some in each step. */
export function* madeInSteps<Item, Made>(
  items: readonly Item[],
  make: (item: Item) => Made,
): Generator<void, Made[]> {
  const made: Made[] = []
  for (const item of items) {
    made.push(make(item))
    if (made.length % FEW_ITEMS === 0 && made.length < items.length) yield
  }
  return made
}
