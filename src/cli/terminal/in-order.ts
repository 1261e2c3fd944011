/**
 * Works on items side by side, at most `most` at a time, and hands over the results in the order of the items, each as
 * soon as it and those before it have come. After an error nothing more is begun; what was begun is still handed over.
 * Rejects with the first error.
 */
export async function inOrder<Item, Result>(
  items: AsyncIterable<Item>,
  most: number,
  work: (item: Item) => Promise<Result>,
  handOver: (result: Result) => Promise<void>,
): Promise<void> {
  let failure: { error: unknown } | undefined
  const fail = (error: unknown) => {
    failure ??= { error }
  }
  let last = Promise.resolve()
  const underWay: Promise<void>[] = []
  try {
    for await (const item of items) {
      if (failure !== undefined) break
      const result = work(item)
      result.catch(fail)
      last = last.then(async () => handOver(await result)).catch(fail)
      underWay.push(last)
      if (underWay.length >= most) await underWay.shift()
    }
  } catch (error) {
    fail(error)
  }
  await last
  if (failure !== undefined) throw failure.error
}
