/** Parameters of the address for an open event, and for a replay: when it is closed, and when it is over. */
export const noEvent = { event: undefined, tab: undefined }
export const noReplay = { replay: undefined, speed: undefined }

/** The parameters that are removed when other events are asked for. */
export const noPlace = { at: undefined, ...noEvent, ...noReplay }
