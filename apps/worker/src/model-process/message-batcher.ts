/**
 * Sends the messages of one turn of the event loop together, in their order. The texts of a batch progress and finish together, and
 * every write wakes the supervisor and delays the next decode step.
 */
export class MessageBatcher<Message> {
  readonly #write: (messages: Message[]) => void;
  #waiting: Message[] = [];

  constructor(write: (messages: Message[]) => void) {
    this.#write = write;
  }

  send(message: Message): void {
    // A microtask, so that the messages are written before whatever the turn leads to.
    if (this.#waiting.push(message) === 1) queueMicrotask(() => this.#flush());
  }

  #flush(): void {
    const messages = this.#waiting;
    this.#waiting = [];
    this.#write(messages);
  }
}
