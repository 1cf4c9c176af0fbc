/**
 * Messages of one turn of the event loop leave together, in their order. The texts of a batch make progress and end together,
 * and every write wakes the supervisor and holds up the next step.
 */
export function createOutbox<Message>(write: (messages: Message[]) => void): (message: Message) => void {
  let waiting: Message[] = [];
  const flush = () => {
    const messages = waiting;
    waiting = [];
    write(messages);
  };
  return (message) => {
    // A microtask, so that nothing that the turn leads to comes before them.
    if (waiting.push(message) === 1) queueMicrotask(flush);
  };
}
