import type { ComponentChildren } from 'preact'
import type { Facets } from '../../../../src/methods/contract/index.js'
import { facetStrings as text } from '../../../strings/facets.js'
import { type Difference, differences, type Found } from './differences.js'

interface DifferingProps {
  found: Facets
  other: Facets
  /** Values that were asked for, and that are shown. */
  limit: number
  most: number
  row(found: Found, change: string): ComponentChildren
}

/** Values of two times, those that differ most first. */
export function Differing({ found, other, limit, most, row }: DifferingProps) {
  return (
    <>
      {differences(found, other, limit)
        .slice(0, most)
        .map((each) => row(each.found, changeOf(each)))}
    </>
  )
}

function changeOf({ by, isNew }: Difference): string {
  if (isNew) return text.isNew
  if (by === 0) return text.same
  return by > 0 ? text.more(by) : text.fewer(-by)
}
