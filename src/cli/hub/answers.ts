import type { z } from 'zod'
import { TocsinError } from '../../errors/tocsin-error.js'
import type { MethodName } from '../../methods/contract/index.js'

/** The last answer of the hub to each method that the command has called. */
const answers = new Map<MethodName, unknown>()

export function noteAnswer(method: MethodName, answer: unknown): void {
  answers.set(method, answer)
}

/**
 * The reason why a command failed, if an answer of the hub is not what this version knows. Answers are checked only then:
 * loading all shapes takes longer than most commands.
 */
export async function explainAnswers(thrown: unknown): Promise<unknown> {
  if (answers.size === 0 || !isFault(thrown)) return thrown
  const { answerShapes } = await import('./answer-shapes.js')
  for (const [method, answer] of answers) {
    const fault = faultIn(answerShapes[method], answer)
    if (fault !== undefined)
      return new TocsinError('TCN_PROTOCOL_BODY', `an unexpected answer to ${method}: ${fault}`, {
        cause: thrown,
      })
  }
  return thrown
}

/** A value of an unexpected type makes code throw one of these. */
function isFault(thrown: unknown): boolean {
  return thrown instanceof TypeError || thrown instanceof RangeError || thrown instanceof SyntaxError
}

/** Says what was expected and where; undefined if it is of this shape. A newer hub may know more names and values. */
export function faultIn(shape: z.ZodType, answer: unknown): string | undefined {
  const issue = shape.safeParse(answer, { reportInput: true }).error?.issues.find((each) => !isNewer(each))
  if (issue === undefined) return undefined
  const place = issue.path.length === 0 ? 'the answer' : issue.path.join('.')
  return `${place}: ${issue.message.replace(/^Invalid input: /, '')}`
}

function isNewer(issue: z.core.$ZodIssue): boolean {
  if (issue.code === 'invalid_union') return issue.errors.some((each) => each.every(isNewer))
  if (issue.code === 'invalid_value') return typeof issue.input === typeof issue.values[0]
  return issue.code === 'unrecognized_keys'
}
