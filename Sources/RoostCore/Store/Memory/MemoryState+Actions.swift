/// The lanes that a pause is about; nil stands for any.
struct LanePattern: Equatable {
    let queue: String?
    let kind: String?

    func matches(queue: String, kind: String) -> Bool {
        (self.queue ?? queue) == queue && (self.kind ?? kind) == kind
    }
}

extension MemoryState {
    mutating func perform(_ request: ActionRequest) -> ActionAnswer {
        while let oldest = answeredInOrder.first, oldest.forgetAt <= uptime {
            answeredInOrder.removeFirst()
            answered[oldest.id] = nil
        }
        if let answer = answered[request.id] { return answer }
        let result = result(of: request)
        resolveEdges()
        // The changes are told once, or their events would fire twice.
        answered[request.id] = ActionAnswer(result)
        answeredInOrder.append((request.id, uptime + StoreLimits.requestMemory))
        return ActionAnswer(result, changes: changes, hasMore: hasStepsLeft)
    }

    private mutating func result(of request: ActionRequest) -> ActionAnswer.Result {
        let cancelled = StoreRules.cancelled(by: request.by, why: request.why)
        switch request.action {
        case .cancel(let id):
            guard let slot = slot(of: id) else { return .notFound }
            switch cancel(slot, cancelled) {
            case .ended: return .done
            case .requested: return .requested
            case .hadEnded: return .unchanged
            }
        case .cancelGraph(let graph):
            return cancelGraph(graph, cancelled)
        case .reschedule(let id, let start):
            return reschedule(id, start)
        case .retry(let id):
            return retry(id)
        case .delete(let id):
            return delete(id)
        case .pause(let queue, let kind):
            return pause(LanePattern(queue: queue, kind: kind))
        case .resume(let queue, let kind):
            return resume(LanePattern(queue: queue, kind: kind))
        case .revoke(let scope, let once, let until):
            revoke(scope, once: once, until: until)
            return .done
        case .restore(let scope):
            return restore(scope) ? .done : .unchanged
        }
    }

    private mutating func reschedule(_ id: JobID, _ start: JobOptions.Start) -> ActionAnswer.Result {
        guard let slot = slot(of: id) else { return .notFound }
        let state = rows[slot].state
        guard state == .scheduled || state == .ready else { return .refused(state) }
        self.start(slot, due: StoreRules.due(start, now: now))
        if state == .ready { lanes[rows[slot].lane].compact(in: rows) }
        if rows[slot].state != state { report(slot, from: state) }
        return .done
    }

    private mutating func retry(_ id: JobID) -> ActionAnswer.Result {
        guard let slot = slot(of: id) else { return .notFound }
        let state = rows[slot].state
        guard state.isFinished, rows[slot].payload != nil else { return .refused(state) }
        if let key = rows[slot].facts.job.unique {
            if let holder = holder(of: key.key), holder != id { return .duplicate(of: holder) }
            uniques[key.key] = UniqueHolder(job: id, key: key, enqueuedAt: rows[slot].facts.enqueuedAt)
        }
        rows[slot].failures = 0
        rows[slot].crashes = 0
        rows[slot].flags.subtract([.isPoison, .isSolo])
        rows[slot].openEdges = 0
        rows[slot].startedAt = nil
        rows[slot].finishedAt = nil
        rows[slot].pruneAt = .distantFuture
        failures[id] = nil
        if rows[slot].flags.contains(.hasInputs) { countInputs(of: id, by: 1) }
        makeReady(slot)
        report(slot, from: state)
        return .done
    }

    private mutating func delete(_ id: JobID) -> ActionAnswer.Result {
        guard let slot = slot(of: id) else { return .notFound }
        guard rows[slot].state.isFinished else { return .refused(rows[slot].state) }
        if let key = rows[slot].facts.job.unique?.key, uniques[key]?.job == id { uniques[key] = nil }
        removeRow(slot)
        return .done
    }

    private mutating func pause(_ pattern: LanePattern) -> ActionAnswer.Result {
        guard !pauses.contains(pattern) else { return .unchanged }
        pauses.append(pattern)
        applyPauses()
        return .done
    }

    private mutating func resume(_ pattern: LanePattern) -> ActionAnswer.Result {
        guard let index = pauses.firstIndex(of: pattern) else { return .unchanged }
        pauses.remove(at: index)
        applyPauses()
        topics.insert(.ready)
        return .done
    }

    private mutating func applyPauses() {
        for index in lanes.indices {
            lanes[index].isPaused = pauses.contains { $0.matches(queue: lanes[index].queue, kind: lanes[index].kind) }
        }
    }
}
