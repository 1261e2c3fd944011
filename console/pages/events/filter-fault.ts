import { messageOf } from '../../../src/errors/thrown.js'
import { ApiError } from '../../hub/api.js'

/** Says what is wrong, without the path into the filter as JSON, which was not typed. */
export function describe(error: unknown): string {
  const message = messageOf(error)
  const { text, where } = placeIn(error)
  return text === undefined ? message : message.replace(`${where}: `, '')
}

/** Puts the cursor where the condition has its fault. */
export function pointAt(error: unknown, input: HTMLInputElement | null): void {
  const { text, at } = placeIn(error)
  const start = text === undefined ? -1 : (input?.value.lastIndexOf(text) ?? -1)
  if (start >= 0) input?.setSelectionRange(start + at, start + at)
}

/** Where in a condition a fault is. */
function placeIn(error: unknown): { text?: string; at: number; where: string } {
  const none = { at: 0, where: '' }
  return error instanceof ApiError ? { ...none, ...error.details } : none
}
