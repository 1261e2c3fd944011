import { formatCount } from '../../../../src/types/figures.js'
import { edgeStrings as text } from '../../../strings/edges.js'
import { visible } from '../../../text/visible.js'
import { askedEdges } from './edge-answers.js'

interface NoteProps {
  edges: string
  onAgain(): void
}

const MOST_NAMES = 8

/** Counts the edge hubs that have answered, and names the others, with the reason. */
export function AskedNote({ edges, onAgain }: NoteProps) {
  const report = askedEdges.value
  if (report === undefined) return <p class="asked quiet">{text.asking(visible(edges))}</p>
  const { asked, answered, missing } = report
  return (
    <p class="asked" role="status" data-missing={missing.length > 0 || undefined}>
      {text.answered(answered, asked)}
      {missing.length > 0 && (
        <>
          {' · '}
          {text.missing(formatCount(asked - answered))}{' '}
          {missing.slice(0, MOST_NAMES).map(({ edge, reason }, index) => (
            <span key={edge} title={reason}>
              {index > 0 && ', '}
              <b class="mono">{visible(edge)}</b> ({visible(reason)})
            </span>
          ))}
          {missing.length > MOST_NAMES && ` ${text.more(formatCount(missing.length - MOST_NAMES))}`}{' '}
          <button type="button" class="button plain" onClick={onAgain}>
            {text.askAgain}
          </button>
        </>
      )}
    </p>
  )
}
