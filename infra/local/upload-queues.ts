/** Names of the queues of uploads on one machine; those of a stack begin with its name. */
export const UPLOAD_QUEUE = 'recollect-uploads';
export const DEAD_UPLOAD_QUEUE = 'recollect-dead-uploads';
