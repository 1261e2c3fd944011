import { expect, it } from 'vitest'
import { inOrder } from '../../../src/cli/terminal/in-order.js'

async function* numbers(count: number): AsyncGenerator<number> {
  for (let n = 0; n < count; n++) yield n
}

/** Work that ends when the test says so. */
class Controlled {
  readonly begun: number[] = []
  readonly #ends: { resolve(value: string): void; reject(error: Error): void }[] = []

  readonly work = (n: number) =>
    new Promise<string>((resolve, reject) => {
      this.begun.push(n)
      this.#ends[n] = { resolve, reject }
    })

  end(n: number): void {
    this.#ends[n].resolve(`result ${n}`)
  }

  fail(n: number): void {
    this.#ends[n].reject(new Error(`failure ${n}`))
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

it('works side by side up to the limit, and hands over in order as soon as it can', async () => {
  const controlled = new Controlled()
  const handed: string[] = []
  const all = inOrder(numbers(5), 3, controlled.work, async (result) => void handed.push(result))
  await turn()
  expect(controlled.begun).toEqual([0, 1, 2])
  controlled.end(1)
  controlled.end(2)
  await turn()
  expect(handed).toEqual([])
  expect(controlled.begun).toEqual([0, 1, 2])
  controlled.end(0)
  await turn()
  expect(handed).toEqual(['result 0', 'result 1', 'result 2'])
  expect(controlled.begun).toEqual([0, 1, 2, 3, 4])
  controlled.end(3)
  controlled.end(4)
  await all
  expect(handed).toHaveLength(5)
})

it('after a failure begins nothing more, hands over what was begun, and rejects with the first error', async () => {
  const controlled = new Controlled()
  const handed: string[] = []
  const all = inOrder(numbers(9), 3, controlled.work, async (result) => void handed.push(result))
  const failed = expect(all).rejects.toThrow('failure 1')
  await turn()
  controlled.fail(1)
  controlled.end(0)
  await turn()
  controlled.fail(2)
  await failed
  expect(controlled.begun).toEqual([0, 1, 2])
  expect(handed).toEqual(['result 0'])
})

it('hands over what was begun before the items ended in an error', async () => {
  async function* broken(): AsyncGenerator<number> {
    yield* numbers(2)
    throw new Error('the input is broken')
  }
  const handed: number[] = []
  const work = async (n: number) => n
  const all = inOrder(broken(), 3, work, async (n) => void handed.push(n))
  await expect(all).rejects.toThrow('the input is broken')
  expect(handed).toEqual([0, 1])
})
