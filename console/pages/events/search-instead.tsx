import { searchInsteadStrings as text } from '../../strings/search-instead.js'
import { visible } from '../../text/visible.js'
import type { Query } from './query.js'

interface SearchInsteadProps {
  query: Query
  onQuery(query: Query): void
}

/** A tag has more than one segment in most cases: a word alone was probably meant as text. */
const WORD = /^[^\s!"{}*?[\]/\\]+$/

/** Offers to search a word, with which no tag begins, in all texts. */
export function SearchInstead({ query, onQuery }: SearchInsteadProps) {
  const word = query.patterns.find((each) => WORD.test(each))
  if (word === undefined) return null
  const patterns = query.patterns.map((each) => (each === word ? `"${word}"` : each))
  return (
    <>
      {text.noTag(visible(word))}{' '}
      <button type="button" class="button" onClick={() => onQuery({ ...query, patterns })}>
        {text.search}
      </button>
    </>
  )
}
