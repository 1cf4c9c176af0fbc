FROM node:22-bookworm-slim
WORKDIR /precis
COPY . .
RUN npm ci && npx tsc -b && node packages/ui/collect-assets.mjs && npm prune --omit=dev
USER node
CMD ["node", "--max-semi-space-size=16", "apps/api/dist/main.js"]
