import type { Command } from 'commander'
import { define } from '../define.js'
import { groups } from '../groups.js'
import type { Io } from '../io.js'
import { checkPosition, countOption, hubOptions, reportFormatOption } from '../options.js'
import type { JobsOptions } from '../salt/jobs/show-jobs.js'

export function defineSalt(program: Command, io: Io): void {
  const salt = define(program, 'salt', 'the event bus of Salt', {
    group: groups.events,
    examples: [{ command: 'tocsin salt jobs', does: 'the last jobs, and who did not return' }],
  })
  defineJobs(salt, io)
}

function defineJobs(salt: Command, io: Io): void {
  const command = define(salt, 'jobs [jid]', 'jobs of minions, from the log of the hub', {
    notes: [
      'Who was targeted, who returned, who failed, who is missing, and how long it took. With a job id: every minion of it, and of state returns what failed.',
      'Without --watch it shows what the log has. With --watch it goes on: with a job id until everybody has returned.',
    ],
    examples: [
      { command: 'tocsin salt jobs', does: 'the last 20 jobs' },
      {
        command: 'tocsin salt jobs 20261120044233603103 --changes',
        does: 'what a highstate changed, and what failed',
      },
      {
        command: 'tocsin salt jobs 20261120044233603103 --watch --timeout 10m',
        does: 'until the last minion has returned; exit code 5 when one does not in time',
      },
      {
        command: "tocsin salt jobs --from -1d --format json | jq -r 'select(.missing != []) | .jid'",
        does: 'jobs of the last day with minions missing',
      },
    ],
  })
  command
    .option('--bus <name>', 'only of this Salt bus of the hub (default: of every one)')
    .option('--from <position>', 'where in the log to begin (default: all of it)', checkPosition)
    .option('--changes', 'of state returns what changed, and what failed')
    .option('--watch', 'go on with what happens from now on')
  countOption(command, 'so many jobs, the last ones (default: 20)')
  reportFormatOption(command)
  hubOptions(command, 'with --watch: end after this time; exit code 5 when the job is not done')
  command.action(async (jid: string | undefined, options: JobsOptions) => {
    const { showJobs } = await import('../salt/jobs/show-jobs.js')
    await showJobs(io, jid, options)
  })
}
