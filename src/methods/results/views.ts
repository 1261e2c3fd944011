import { z } from 'zod'
import { text, time } from './shape.js'

export const view = z
  .object({
    name: text,
    owner: text,
    shared: z.boolean().describe('True if everybody sees it in the list.'),
    query: text.describe('The part of the address of the console after the question mark.'),
    changed: time,
  })
  .meta({ id: 'ViewInfo' })

export const views = z.object({ views: z.array(view) })
export const deletedView = z.object({ name: text, owner: text })
