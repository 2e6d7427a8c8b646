/** What a server is started with. */
export interface StartOptions {
  /** Files or folders of fixtures, or fixtures as objects. */
  fixtures?: string | object | (string | object)[];
  /** Whether to start with the demo's pool. */
  demo?: boolean;
  /** The same ids, codes and keys in every run. */
  seed?: number;
  /** Region in `env`. */
  region?: string;
  /** What the log tells: `error`, `warn`, `info`, `debug`. */
  log?: string;
  /** Further flags, as on the command line. */
  args?: string[];
  /** Further variables for the server. */
  env?: Record<string, string>;
  /** The program, when it is not on the path. */
  binary?: string;
  /** The port; without it any free one. */
  port?: number;
  /** How many milliseconds the server may take until it is ready: 30,000 unless said. */
  timeout?: number;
}

/** An app client, as `/_mocknito/pools` lists it. */
export interface ListedClient {
  id: string;
  name: string;
  [member: string]: unknown;
}

/** A user pool, as `/_mocknito/pools` lists it. */
export interface ListedPool {
  id: string;
  name: string;
  region: string;
  issuer: string;
  clients: ListedClient[];
  [member: string]: unknown;
}

/** A copy of a pool; `copy_of` is the client that each one was copied from. */
export interface PoolCopy {
  user_pool_id: string;
  clients: { client_id: string; copy_of: string; [member: string]: unknown }[];
  [member: string]: unknown;
}

export interface ClockReading {
  now: string;
  offset: string;
  frozen: boolean;
}

export interface InboxMessage {
  id: string;
  user_pool_id: string;
  to: string;
  medium: "EMAIL" | "SMS";
  kind: string;
  code: string | null;
  subject: string | null;
  body: string;
  created_at: string;
  /** Until when the code may be used; null for that of a sign-in, which ends with its session. */
  expires_at: string | null;
}

/** Which messages; `wait` is a duration such as `5s`. */
export interface InboxFilter {
  to?: string;
  kind?: string;
  user_pool_id?: string;
  wait?: string;
}

export type Defect =
  | "signature"
  | "expired"
  | "not_yet_valid"
  | "issuer"
  | "audience"
  | "kid"
  | "alg_none"
  | "alg_hs256"
  | "token_use"
  | "other_pool"
  | "truncated";

export interface TokenOptions {
  /** Without it: the only app client of all pools. */
  clientId?: string;
  /** Without it: a machine's token. */
  username?: string;
  scopes?: string[];
  claims?: { id?: object; access?: object };
  /** A duration such as `1h`, or `-1h` for one that has expired. */
  expiresIn?: string;
  issuedAt?: string;
  defect?: Defect;
}

export interface Tokens {
  IdToken?: string;
  AccessToken: string;
  RefreshToken?: string;
  ExpiresIn: number;
  TokenType: string;
}

/** Which requests. */
export interface RequestFilter {
  operation?: string;
  user_pool_id?: string;
  client_id?: string;
  username?: string;
  door?: "api" | "oauth" | "pages" | "gateway";
  outcome?: "ok" | "refused" | "failed";
  since?: number;
  wait?: string;
  limit?: number;
}

/** What a client asked. */
export interface RequestEntry {
  id: number;
  at: string;
  door: string;
  operation: string;
  user_pool_id: string | null;
  client_id: string | null;
  username: string | null;
  status: number;
  error: string | null;
  /** Why it was refused, for a developer. */
  why: string | null;
  [member: string]: unknown;
}

/** A running server. */
export class Mocknito {
  readonly url: string;
  readonly port: number;
  /** What leads AWS SDKs to this server. */
  readonly env: Record<string, string>;
  readonly clock: {
    read(): Promise<ClockReading>;
    advance(by: string): Promise<ClockReading>;
    set(now: string | Date): Promise<ClockReading>;
    freeze(): Promise<ClockReading>;
    unfreeze(): Promise<ClockReading>;
    reset(): Promise<ClockReading>;
  };
  readonly inbox: {
    messages(filter?: InboxFilter): Promise<InboxMessage[]>;
    /** The code of the newest message; waits for 5 seconds unless `wait` says otherwise. */
    code(filter?: InboxFilter): Promise<string>;
    empty(): Promise<unknown>;
  };
  /** The issuer of a pool's tokens. */
  issuer(userPoolId: string): string;
  pools(): Promise<ListedPool[]>;
  tokens(options?: TokenOptions): Promise<Tokens>;
  requests(filter?: RequestFilter): Promise<RequestEntry[]>;
  totp(userPoolId: string, username: string): Promise<string>;
  copyPool(userPoolId: string): Promise<PoolCopy>;
  saveSnapshot(name: string): Promise<unknown>;
  restoreSnapshot(name: string): Promise<unknown>;
  reset(): Promise<unknown>;
  /** Ends the server, unless somebody else has started it. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
  get(path: string, query?: object): Promise<any>;
  post(path: string, body: object): Promise<any>;
  delete(path: string): Promise<any>;
}

export function startMocknito(options?: StartOptions): Promise<Mocknito>;

/**
 * A server that runs already: that of `mocknito exec`, unless another address is given.
 */
export function connectMocknito(url?: string, options?: { region?: string }): Promise<Mocknito>;
