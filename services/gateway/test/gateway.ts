import type { Server } from '@taskflow/http/server';
import type { Environment } from '@taskflow/http/settings';
import { testService } from '@taskflow/testing/service';
import { start } from '../src/main.ts';
import { type AuthStandIn, authStandIn, GATEWAY_KEY } from './auth-stand-in.ts';
import { type Backend, testBackend } from './backend.ts';

export interface TestGateway {
  gateway: Server;
  url: string;
  auth: AuthStandIn;
  tasks: Backend;
  notifications: Backend;
  metrics: Backend;
}

/** A gateway with a real server behind each of its routes. */
export async function testGateway(settings: Environment = {}): Promise<TestGateway> {
  const [auth, tasks, notifications, metrics] = await Promise.all([authStandIn(), testBackend(), testBackend(), testBackend()]);
  const gateway = await testService(start, {
    secrets: { 'gateway-api-key': GATEWAY_KEY },
    // Failures are provoked here, so that their log lines would only hide others.
    settings: {
      LOG_LEVEL: process.env.LOG_LEVEL ?? 'fatal',
      AUTH_URL: auth.url,
      TASKS_URL: tasks.url,
      NOTIFICATIONS_URL: notifications.url,
      METRICS_URL: metrics.url,
      ...settings,
    },
  });
  return { gateway, url: gateway.url, auth, tasks, notifications, metrics };
}
