import { rulesOfKit } from '../../../rules/library/index.js'
import { kitNames } from '../../../rules/library/kit-names.js'
import type { Io } from '../../io.js'
import { report } from '../../output/report.js'
import { type Column, tableLines } from '../../terminal/table.js'

interface LibraryRow {
  kit: string
  rule: string
  severity: string
  summary: string
  settings: unknown
}

/** Lists the ready rules. */
export async function showLibrary(io: Io, format: string | undefined): Promise<void> {
  const rows = kitNames.flatMap((kit) =>
    Object.entries(rulesOfKit(kit)).map(([rule, settings]): LibraryRow => {
      const { severity = '', summary = '' } = settings.alert ?? {}
      return { kit, rule, severity, summary, settings }
    }),
  )
  await report(io, format, rows, () => tableLines(columns, rows, io.out.columns))
}

const columns: readonly Column<LibraryRow>[] = [
  { title: 'KIT', text: (row) => row.kit },
  { title: 'RULE', text: (row) => row.rule },
  { title: 'SEVERITY', text: (row) => row.severity },
  { title: 'SUMMARY', text: (row) => row.summary, flexible: true },
]
