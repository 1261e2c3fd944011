import { offsetsOf } from '../../../src/filter/words.js'
import { laterStyles } from '../../app/later-styles.js'

/** Parts of the page with the texts of events. */
const PLACES = '.grid, .detail'
const NAME = 'found'

/**
 * Marks words in the texts of events below an element, also in those that it shows later, until the returned function is
 * called. The browser draws the marks, so that rows have no further elements. One that cannot do that shows none.
 */
export function markWords(root: HTMLElement, words: readonly string[]): () => void {
  if (!('highlights' in CSS)) return () => {}
  void laterStyles()
  const marks = new Highlight()
  CSS.highlights.set(NAME, marks)
  let frame = 0
  const mark = () => {
    frame = 0
    marks.clear()
    for (const range of rangesOf(root, words)) marks.add(range)
  }
  const observer = new MutationObserver(() => {
    frame ||= requestAnimationFrame(mark)
  })
  observer.observe(root, { childList: true, characterData: true, subtree: true })
  mark()
  return () => {
    observer.disconnect()
    cancelAnimationFrame(frame)
    CSS.highlights.delete(NAME)
  }
}

function* rangesOf(root: HTMLElement, words: readonly string[]): Generator<StaticRange> {
  for (const place of root.querySelectorAll(PLACES)) {
    const texts = document.createTreeWalker(place, NodeFilter.SHOW_TEXT)
    while (texts.nextNode()) {
      const node = texts.currentNode as Text
      for (const each of words)
        for (const at of offsetsOf(each, node.data))
          yield new StaticRange({
            startContainer: node,
            startOffset: at,
            endContainer: node,
            endOffset: at + each.length,
          })
    }
  }
}
