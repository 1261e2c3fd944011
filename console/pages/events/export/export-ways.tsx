import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { messageOf } from '../../../../src/errors/thrown.js'
import { exportStrings as text } from '../../../strings/export.js'
import { strings } from '../../../strings.js'
import { filterOf, type Query } from '../query.js'
import type { Range } from '../range.js'
import { type Format, formats } from './lines.js'
import { type ExportProgress, fileName, keepFile, writeFile } from './write-file.js'

/** Writes what the filter and the time say into a file. */
export function ExportWays({ query, range }: { query: Query; range: Range }) {
  const progress = useSignal<ExportProgress | undefined>(undefined)
  const said = useSignal('')
  const running = useRef<AbortController>(undefined)
  const box = useRef<HTMLElement>(null)
  useEffect(() => () => running.current?.abort(), [])
  /** The last choice, whose button has the focus again at the end. */
  const chosen = useRef<Format>(undefined)
  const isRunning = progress.value !== undefined
  useEffect(() => {
    if (chosen.current === undefined) return
    const button = isRunning ? 'button' : `[data-format=${chosen.current}]`
    box.current?.querySelector<HTMLElement>(button)?.focus()
    box.current?.scrollIntoView({ block: 'nearest' })
  }, [isRunning])
  const write = async (format: Format) => {
    const abort = new AbortController()
    running.current = abort
    chosen.current = format
    progress.value = { events: 0, total: undefined }
    said.value = ''
    const onProgress = (made: ExportProgress) => {
      progress.value = made
    }
    try {
      const filters = filterOf(query)
      const made = await writeFile({ filters, range, format, signal: abort.signal, onProgress })
      keepFile(made.file, fileName(format))
      said.value = made.isCut ? text.cut(made.events) : text.done(made.events)
    } catch (error) {
      said.value = abort.signal.aborted ? text.cancelled : strings.failed(messageOf(error))
    }
    progress.value = undefined
  }
  const made = progress.value
  return (
    <section class="way" ref={box}>
      <header>
        <h3>{text.asFile}</h3>
        <span class="choices">
          {made === undefined ? (
            formats.map((format) => (
              <button
                key={format}
                type="button"
                class="button"
                data-format={format}
                onClick={() => void write(format)}
              >
                {text.formats[format]}
              </button>
            ))
          ) : (
            <button type="button" class="button" onClick={() => running.current?.abort()}>
              {text.cancel}
            </button>
          )}
        </span>
      </header>
      {made && (
        <>
          <progress aria-label={text.asFile} max={made.total} value={made.total && made.events} />{' '}
          {text.progress(made.events, made.total)}
        </>
      )}
      <p role="status">{said.value}</p>
    </section>
  )
}
