import { useSignal } from '@preact/signals'
import { useLayoutEffect, useRef } from 'preact/hooks'
import type { HistogramParams } from '../../../../src/methods/contract/index.js'
import { type Answer, useAnswer } from '../../../hub/asking.js'
import { strings } from '../../../strings.js'
import { askCounts, type Counts, type FoundValues, type ValuesQuestion } from './ask-counts.js'

/** All counts of the page, and the way to have more values among them. */
export interface CountsInUse {
  readonly answer: Answer<Counts>
  /** The time that was counted, for people; undefined without an answer. */
  readonly inTime: string | undefined
  /** Takes part in every answer until the returned function is called. */
  want(id: string, question: ValuesQuestion): () => void
}

/** Bars and values are asked for together, so that they never contradict each other. */
export function useCounts(
  bars: HistogramParams,
  comparison: string | undefined,
  every: number | undefined,
): CountsInUse {
  const key = JSON.stringify([bars, comparison])
  const values = useRef(new Map<string, ValuesQuestion>()).current
  const wants = useSignal(0)
  const shownKey = useRef(key)
  shownKey.current = key
  const askedKey = useRef('')
  const latest = useRef<{ key: string; counts: Counts }>(undefined)
  const answer = useAnswer<Counts>(
    key,
    async (signal, soFar) => {
      askedKey.current = key
      const before = latest.current?.key === key ? latest.current.counts : undefined
      const counts = await askCounts({ bars, values, comparison }, before, signal, soFar)
      latest.current = { key, counts }
      return counts
    },
    every,
    wants.value,
  )
  const want = (id: string, question: ValuesQuestion) => {
    values.set(id, question)
    // Otherwise it takes part in what is going to be asked.
    if (askedKey.current === shownKey.current) wants.value++
    return () => void values.delete(id)
  }
  const counted = answer.value.value?.bars
  const inTime = counted && strings.events.inTime(counted.to - counted.from, bars.to === undefined)
  return { answer, inTime, want }
}

/** Values, and those of the time that is compared. */
export interface ShownValues {
  readonly found: FoundValues | undefined
  readonly other: FoundValues | undefined
  /** True while they are those of another question, or not up to date. */
  readonly isStale: boolean
}

/** Lets values take part in the counts as long as they are shown. */
export function useValues({ answer, want }: CountsInUse, question: ValuesQuestion): ShownValues {
  const id = JSON.stringify(question)
  useLayoutEffect(() => want(id, question), [id])
  const counts = answer.value.value
  const found = counts?.values.get(id)
  const latest = useRef<Omit<ShownValues, 'isStale'>>(undefined)
  if (found !== undefined) latest.current = { found, other: counts?.other?.values.get(id) }
  return {
    found: latest.current?.found,
    other: latest.current?.other,
    isStale: latest.current !== undefined && (answer.isStale.value || found === undefined),
  }
}
