import type { Broken } from './checker/check.js'
import type { Plan } from './plan.js'
import { type Outcome, runPlan } from './run-plan.js'
import { shrink } from './shrink.js'
import { storyOf } from './story.js'

/** What there is to say about a plan that was run; of one that has failed also its story, made as short as possible. */
export function report(plan: Plan, { broken, durable, refused, events, trace }: Outcome): string[] {
  const outcome = broken.length === 0 ? 'kept' : 'BROKEN'
  const line = `seed ${plan.seed}: ${outcome}, ${durable} durable, ${refused} refused, ${events} events, trace ${trace}`
  if (broken.length === 0) return [line]
  const promises = [...new Set(broken.map(({ promise }) => promise))]
  return [line, ...promises.map((promise) => countOf(promise, broken)), ...shortStory(plan, worstOf(broken))]
}

/** That nothing moves on is what is left to say when nothing else is broken. */
function worstOf(broken: readonly Broken[]): Broken {
  return broken.find(({ promise }) => promise !== 'progress') ?? broken[0]
}

function countOf(promise: Broken['promise'], broken: readonly Broken[]): string {
  const those = broken.filter((each) => each.promise === promise)
  return `  ${promise}: ${those.length}, the first: ${those[0].text}`
}

function shortStory(plan: Plan, { promise }: Broken): string[] {
  const breaksSame = (tried: Plan) => runPlan(tried).broken.some((each) => each.promise === promise)
  const short = shrink(plan, breaksSame)
  const { broken, story } = runPlan(short, true)
  const first = broken.find((each) => each.promise === promise)
  if (first === undefined) return ['  It does not happen again with the same plan.']
  return [
    `  Shortened, ${promise}: ${first.text}`,
    ...storyOf(story, first).map((line) => `  ${line}`),
    '  To see it again: write the plan to a file, and npm run simulate -- --plan FILE',
    `  ${JSON.stringify(short)}`,
  ]
}
