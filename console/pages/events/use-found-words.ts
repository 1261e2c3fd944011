import type { RefObject } from 'preact'
import { useEffect } from 'preact/hooks'
import { wordsOf } from './query.js'

/** Marks the words of a filter in the events that are shown below the element. */
export function useFoundWords(root: RefObject<HTMLElement | null>, patterns: readonly string[]): void {
  const words = patterns.flatMap(wordsOf)
  useEffect(() => {
    if (words.length === 0) return
    let stop: (() => void) | undefined
    let isOver = false
    const begin = ({ markWords }: typeof import('./found-words.js')) => {
      if (!isOver && root.current !== null) stop = markWords(root.current, words)
    }
    // Without its code, the events are shown all the same.
    import('./found-words.js').then(begin, () => {})
    return () => {
      isOver = true
      stop?.()
    }
  }, [words.join('\n')])
}
