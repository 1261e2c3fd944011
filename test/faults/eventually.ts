import { setTimeout } from 'node:timers/promises'

/** Resolves when the condition holds. The test's own time limit ends it otherwise. */
export async function eventually(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await setTimeout(5)
}
