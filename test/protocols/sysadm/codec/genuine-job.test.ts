import { expect, it } from 'vitest'
import { genuineJobArgs } from '../../../../src/protocols/sysadm/codec/genuine-job.js'

it('a job without commands is reported as one that runs, and then as finished', () => {
  const finished = { process_id: 'empty', state: 'finished', cmd_list: [] }
  expect(genuineJobArgs(finished)).toEqual([{ process_id: 'empty', state: 'running' }, finished])
})

it('the end of a job with commands is one event', () => {
  const finished = { process_id: 'one', state: 'finished', cmd_list: ['true'] }
  expect(genuineJobArgs(finished)).toEqual([finished])
})
