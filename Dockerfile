FROM node:22-bookworm-slim
WORKDIR /precis
COPY . .
RUN npm ci && npm run build && npm prune --omit=dev
USER node
CMD ["node", "--max-semi-space-size=16", "apps/api/dist/main.js"]
