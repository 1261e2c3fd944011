import { view } from '../../app/router.js'
import { CopyButton } from '../../components/copy-button.js'
import { Dialog } from '../../components/dialog.js'
import { shareStrings as text } from '../../strings/share.js'
import { strings } from '../../strings.js'
import { ExportWays } from './export/export-ways.js'
import type { Query } from './query.js'
import type { Range } from './range.js'
import { asCode, asCommand, asUrl } from './share-texts.js'

/** A list that was stopped shows what follows from there on. */
function placeOf(range: Range): Range {
  const at = view.peek().params.get('at')
  return at === null || range.to !== undefined ? range : { ...range, from: at }
}

/** The same view as a link, a command, an address for programs, and code. */
export function ShareDialog({ query, range, onClose }: { query: Query; range: Range; onClose(): void }) {
  const place = placeOf(range)
  const ways = [
    [text.asLink, location.href],
    [text.asCommand, asCommand(query, place)],
    [text.asUrl, asUrl(query, place)],
    [text.asCode, asCode(query, place)],
  ] as const
  return (
    <Dialog title={text.title} onClose={onClose}>
      {ways.map(
        ([name, content]) =>
          content !== undefined && (
            <section key={name} class="way">
              <header>
                <h3>{name}</h3>
                <CopyButton text={content} label={`${strings.events.copy} ${name}`} />
              </header>
              {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it can be scrolled */}
              <pre class="mono" tabIndex={0}>
                {content}
              </pre>
            </section>
          ),
      )}
      <ExportWays query={query} range={range} />
    </Dialog>
  )
}
