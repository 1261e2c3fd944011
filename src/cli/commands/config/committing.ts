import type { Command } from 'commander'
import type { MethodName, ParamsOf } from '../../../methods/contract/index.js'
import { define } from '../../help/define.js'
import { type ReportOptions, reportOptions } from '../../help/options.js'
import { parseCount, sharedOption } from '../../help/vocabulary.js'
import type { Io } from '../../io.js'
import { report } from '../../output/report.js'
import { tableLines } from '../../terminal/table.js'
import { PATIENT } from './patience.js'
import { sessionOf } from './session.js'

interface CommitOptions extends ReportOptions {
  session?: string
  label?: string
  comment?: string
  /** ms */
  confirmed?: number
}

type Committing = Extract<MethodName, 'config.commit' | 'config.rollback' | 'config.abort'>

const CONFIRMED =
  'With --confirmed the hub returns to the configuration before by itself unless tocsin config confirm follows in time, also after a crash: for changes that may lock you out. Another commit with --confirmed meanwhile, also one without a change, extends the time.'

/** Commands that put a configuration into effect, keep it or go back. */
export function defineCommitting(config: Command, io: Io): void {
  defineCommit(config, io)
  defineConfirm(config, io)
  defineAbort(config, io)
  defineRollback(config, io)
  defineHistory(config, io)
}

function defineCommit(parent: Command, io: Io): void {
  const command = define(parent, 'commit', 'Put the candidate into effect and write the file', {
    changes: true,
    notes: [
      'All of it, or nothing: if a part of the hub cannot take the new configuration, the others go back. The file keeps its comments.',
      'Programs for NSO may read the changes first: the commit waits for them, and without --timeout so does this command.',
      CONFIRMED,
    ],
    examples: [
      {
        command: "tocsin config commit --label retention --comment 'audit asks for 30 days'",
        does: 'with a reason',
      },
      { command: 'tocsin config commit --confirmed 600', does: 'revert it in 10 minutes unless confirmed' },
    ],
  })
  commitOptions(command).action((options: CommitOptions) =>
    commit(io, options, 'config.commit', paramsOf(options)),
  )
}

function defineConfirm(parent: Command, io: Io): void {
  const command = define(parent, 'confirm', 'Keep a commit that would be reverted otherwise', {
    changes: true,
    examples: [{ command: 'tocsin config confirm', does: 'after commit --confirmed, once all works' }],
  })
  reportOptions(command, PATIENT).action(async (options: ReportOptions) => {
    const { askPatiently } = await import('./patience.js')
    const result = await askPatiently(io, options, 'config.confirm', {})
    await report(io, options.format, [result], () => [`commit ${result.commit.number} is kept`])
  })
}

function defineAbort(parent: Command, io: Io): void {
  const command = define(parent, 'abort', 'Revert a commit that waits for its confirmation', {
    changes: true,
    notes: [
      'To drop a candidate: tocsin config discard. To undo a commit that is final: tocsin config rollback.',
    ],
    examples: [{ command: 'tocsin config abort', does: 'at once, without waiting for the time to pass' }],
  })
  reportOptions(command, PATIENT).action((options: ReportOptions) => commit(io, options, 'config.abort', {}))
}

function defineRollback(parent: Command, io: Io): void {
  const command = define(parent, 'rollback <number>', 'Undo a commit and all later ones', {
    changes: ({ dryRun }) => dryRun !== true,
    notes: [
      'Brings back the file as it was before the commit, with its comments. That is a commit too, and can be undone.',
      CONFIRMED,
    ],
    examples: [
      { command: 'tocsin config rollback 12 --dry-run', does: 'what that would change' },
      { command: 'tocsin config rollback 12', does: 'undo commit 12 and those after it' },
    ],
  })
  commitOptions(command.addOption(sharedOption('--dry-run')))
  command.action(async (word: string, options: CommitOptions & { dryRun?: boolean }) => {
    const number = parseCount(word)
    if (!options.dryRun) return commit(io, options, 'config.rollback', { ...paramsOf(options), number })
    const [{ ask }, { diffLines }] = await Promise.all([
      import('../../hub/connect.js'),
      import('./config-text.js'),
    ])
    const { changes } = await ask(io, options, 'config.diff', { rollback: number })
    await report(io, options.format, [{ changes }], () => diffLines({ changes }))
  })
}

function defineHistory(parent: Command, io: Io): void {
  const command = define(parent, 'history', 'List the last commits, which can be rolled back', {
    examples: [
      { command: 'tocsin config history --limit 5', does: 'the newest five' },
      {
        command: 'tocsin config history --format json | jq -r \'select(.user == "system") | .number\'',
        does: 'those that came from an edited file',
      },
    ],
  })
  reportOptions(command.addOption(sharedOption('--limit').argParser(parseCount))).action(
    async (options: ReportOptions & { limit?: number }) => {
      const [{ ask }, { commitColumns }] = await Promise.all([
        import('../../hub/connect.js'),
        import('./config-text.js'),
      ])
      const { limit } = options
      const { commits } = await ask(io, options, 'config.history', limit === undefined ? {} : { limit })
      await report(io, options.format, commits, () =>
        commits.length === 0 ? ['there were no commits'] : tableLines(commitColumns, commits, io.out.columns),
      )
    },
  )
}

async function commit<Name extends Committing>(
  io: Io,
  options: ReportOptions,
  method: Name,
  params: ParamsOf<Name>,
): Promise<void> {
  const [{ askPatiently }, { committedLines }] = await Promise.all([
    import('./patience.js'),
    import('./config-text.js'),
  ])
  const result = await askPatiently(io, options, method, params)
  await report(io, options.format, [result], () => committedLines(result))
}

function commitOptions(command: Command): Command {
  return reportOptions(
    command
      .addOption(sharedOption('--confirmed'))
      .addOption(sharedOption('--label'))
      .addOption(sharedOption('--comment'))
      .addOption(sharedOption('--session', { usual: 'your name and host' })),
    PATIENT,
  )
}

function paramsOf({ session, label, comment, confirmed }: CommitOptions) {
  return {
    session: sessionOf({ session }),
    ...(label === undefined ? {} : { label }),
    ...(comment === undefined ? {} : { comment }),
    ...(confirmed === undefined ? {} : { confirmed: confirmed * 1000 }),
  }
}
