import type { Command } from 'commander'
import { define, groups } from '../../help/define.js'
import {
  choiceOption,
  commandOption,
  type HubOptions,
  hubOptions,
  type ReportOptions,
  reportOptions,
} from '../../help/options.js'
import { parseTimeout, sharedOption } from '../../help/vocabulary.js'
import type { Io } from '../../io.js'
import type { RunJobOptions } from './run-job.js'
import type { ListJobsOptions } from './show-jobs.js'

export function defineJob(program: Command, io: Io): void {
  const job = define(program, 'job', 'Run commands on the host of the hub', {
    group: groups.hub,
    notes: [
      'The hub runs only programs that its configuration lists (jobs.programs), for principals with the right `run`, and without a shell.',
    ],
    examples: [
      { command: 'tocsin job run --follow df -h', does: 'run a command, and show its output' },
      { command: 'tocsin job', does: 'the last jobs' },
    ],
  })
  defineList(job, io)
  defineShow(job, io)
  defineRun(job, io)
  defineFollow(job, io)
  defineKill(job, io)
}

function defineList(job: Command, io: Io): void {
  const command = define(job, 'list', 'List jobs, the newest first', {
    isDefault: true,
    notes: ['Shows your own jobs, and with the right `monitor` those of others.'],
    examples: [
      { command: 'tocsin job list --only running', does: 'what runs now' },
      {
        command: "tocsin job list --format json | jq -r 'select(.succeeded == false) | .id'",
        does: 'jobs that failed',
      },
    ],
  })
  command.addOption(
    choiceOption('--only <state>', 'only jobs in this state', ['pending', 'running', 'finished']),
  )
  command.addOption(sharedOption('--limit', { usual: '100' }))
  reportOptions(command).action(async (options: ListJobsOptions) => {
    const { listJobs } = await import('./show-jobs.js')
    await listJobs(io, options)
  })
}

function defineShow(job: Command, io: Io): void {
  const command = define(job, 'show <id>', 'Show a job with its return codes and its output', {
    notes: ['The middle of a long output is left out; `tocsin job follow` prints all of it.'],
    examples: [{ command: 'tocsin job show upgrade', does: 'the last job with the id upgrade' }],
  })
  reportOptions(command).action(async (id: string, options: ReportOptions) => {
    const { showJob } = await import('./show-jobs.js')
    await showJob(io, id, options)
  })
}

function defineRun(job: Command, io: Io): void {
  const command = define(job, 'run [word...]', 'Run a command, and print the id of the job', {
    changes: true,
    notes: [
      'Options stand before the command: all words after its first one belong to it.',
      'With --follow the exit code is 1 if the job fails; a job continues when the command that follows it is interrupted.',
    ],
    examples: [
      { command: 'tocsin job run --follow df -h', does: 'run a command, and show its output' },
      {
        command: "tocsin job run --id upgrade --queue apt -c 'apt-get update' -c 'apt-get -y upgrade'",
        does: 'two commands in a queue; the second one only if the first succeeds',
      },
    ],
  })
  command
    .passThroughOptions()
    .addOption(commandOption())
    .addOption(sharedOption('--id', { usual: 'a random one' }))
    .option('--queue <name>', 'queue in which one job runs at a time (default: run at once)')
    .option('--time-limit <duration>', 'end the job after this time, such as 10m', parseTimeout)
    .addOption(sharedOption('--follow', { short: '-f' }).default(undefined))
  reportOptions(command).action(async (words: string[], options: RunJobOptions) => {
    const { runJob } = await import('./run-job.js')
    await runJob(io, words, options)
  })
}

function defineFollow(job: Command, io: Io): void {
  const command = define(job, 'follow <id>', 'Print all output of a job, until it has finished', {
    notes: ['The exit code is 1 if the job fails. The job continues when this command is interrupted.'],
    examples: [
      { command: 'tocsin job follow upgrade', does: 'what the job has printed, and what it prints' },
    ],
  })
  hubOptions(command).action(async (id: string, options: HubOptions) => {
    const { followJob } = await import('./run-job.js')
    await followJob(io, id, options)
  })
}

function defineKill(job: Command, io: Io): void {
  const command = define(job, 'kill <id...>', 'End jobs with all their processes', {
    changes: true,
    notes: [
      'The processes get the signal TERM, and KILL if they have not ended after the time in `jobs.killAfter`. Jobs of others need the right `admin`.',
    ],
    examples: [{ command: 'tocsin job kill upgrade', does: 'end a job, whether it waits or runs' }],
  })
  hubOptions(command).action(async (ids: string[], options: HubOptions) => {
    const { ask } = await import('../../hub/connect.js')
    await ask(io, options, 'jobs.kill', { ids })
  })
}
