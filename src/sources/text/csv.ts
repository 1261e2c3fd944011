/** Values of a record, at most. */
export const MAX_COLUMNS = 256

export interface CsvForm {
  /** Text between two values. */
  separator: string
  /** Characters that may enclose a value; none: values are as they are written. */
  quote: string
}

export interface CsvRecord {
  values: string[]
  /** Offset after the record and the line feed that ends it. */
  end: number
}

/**
 * Reads one record of RFC 4180 from an offset on: a quoted value may have separators and line feeds, and a quote within it
 * is written twice. Undefined for text that is none: a quote that does not end, text beside it, or too many values.
 */
export function csvRecord(text: string, start: number, { separator, quote }: CsvForm): CsvRecord | undefined {
  const values: string[] = []
  for (let at = start; values.length < MAX_COLUMNS; ) {
    const mark = text.charAt(at)
    const isQuoted = mark !== '' && quote.includes(mark)
    const read = isQuoted ? quoted(text, at, mark) : bare(text, at, separator)
    if (read === undefined) return undefined
    values.push(read.value)
    const rest = endOfRecord(text, read.end)
    if (rest !== undefined) return { values, end: rest }
    if (!text.startsWith(separator, read.end)) return undefined
    at = read.end + separator.length
  }
  return undefined
}

/** Reads a text that is one record; undefined for any other. */
export function parseCsv(text: string, form: CsvForm): string[] | undefined {
  const record = csvRecord(text, 0, form)
  return record?.end === text.length ? record.values : undefined
}

interface CsvValue {
  value: string
  end: number
}

function quoted(text: string, start: number, mark: string): CsvValue | undefined {
  let from = start + 1
  let value = ''
  for (;;) {
    const end = text.indexOf(mark, from)
    if (end === -1) return undefined
    value += text.slice(from, end)
    if (text[end + 1] !== mark) return { value, end: end + 1 }
    value += mark
    from = end + 2
  }
}

/** Looks no further than the line, so that reading takes a time that grows with the length of the text. */
function bare(text: string, start: number, separator: string): CsvValue {
  const line = lineFrom(text, start)
  const end = line.indexOf(separator)
  const value = end === -1 ? line : line.slice(0, end)
  return { value, end: start + value.length }
}

function lineFrom(text: string, start: number): string {
  const feed = text.indexOf('\n', start)
  const line = text.slice(start, feed === -1 ? undefined : feed)
  return line.endsWith('\r') ? line.slice(0, -1) : line
}

/** Returns the offset after the end of a record; undefined if there is none here. */
function endOfRecord(text: string, at: number): number | undefined {
  const afterReturn = text[at] === '\r' ? at + 1 : at
  if (afterReturn === text.length) return afterReturn
  return text[afterReturn] === '\n' ? afterReturn + 1 : undefined
}
