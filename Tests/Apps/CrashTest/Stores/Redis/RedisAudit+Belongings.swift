extension RedisAudit {
    /// What jobs have beside their rows: edges, keys, graphs, the index.
    static let questionsOfBelongings: [Question] = [
        Question(
            "9 a waiting job counts its open edges wrong, or has none",
            """
            for id, r in pairs(S.jobs) do
              local open = #(S.parents[id] or {})
              if r.state == WAITING and (open == 0 or r.open ~= open) then
                found(show(id) .. ': ' .. r.open .. ' and ' .. open)
              end
            end
            """
        ),
        Question(
            "9 a job waits for one that has ended, or will not tell of its end, and nothing is left to be done",
            """
            for id, r in pairs(S.jobs) do
              for _, parent in ipairs(r.state == WAITING and S.parents[id] or {}) do
                local p = S.jobs[parent]
                if not S.leftEdges[parent] and (not p or p.state >= SUCCEEDED or not p.hasChildren) then
                  found(show(id) .. ' for ' .. show(parent))
                end
              end
            end
            """
        ),
        Question(
            "6 two unfinished jobs have one unique key",
            """
            local seen = {}
            for id, r in pairs(S.jobs) do
              if r.isUniqueWhileUnfinished and r.state < SUCCEEDED then
                if seen[r.key] then found(show(id) .. ' and ' .. show(seen[r.key])) end
                seen[r.key] = id
              end
            end
            """
        ),
        Question(
            "6 an unfinished job does not hold its unique key",
            """
            for id, r in pairs(S.jobs) do
              if r.isUniqueWhileUnfinished and r.state < SUCCEEDED and (S.keys[r.key] or {}).id ~= id then
                found(show(id))
              end
            end
            """
        ),
        Question(
            "6 a unique key is of a job that is gone",
            "for _, holder in pairs(S.keys) do if not S.jobs[holder.id] and not holder.isLate then found(show(holder.id)) end end"
        ),
        Question(
            "0 something is there of a job that is gone",
            """
            for _, kind in ipairs({'a', 'in'}) do
              for id in pairs(S.kept[kind]) do if not S.jobs[id] then found(kind .. ' ' .. show(id)) end end
            end
            for id in pairs(S.kept.fr) do if not S.free[id] then found('fr ' .. show(id)) end end
            for id in pairs(S.kept.e) do if not S.jobs[id] and not S.leftEdges[id] then found('e ' .. show(id)) end end
            """
        ),
        Question(
            "0 a graph has not the jobs that are its",
            """
            for id, r in pairs(S.jobs) do if r.graph and not (S.graphs[r.graph] or {})[id] then found(show(id)) end end
            for graph, members in pairs(S.graphs) do
              for id in pairs(members) do
                if not S.jobs[id] or S.jobs[id].graph ~= graph then found(show(id) .. ' in ' .. show(graph)) end
              end
            end
            """
        ),
        Question(
            "0 the index is not that of the jobs",
            """
            local indexed = {}
            for bucket, b in pairs(S.index) do
              local alive = 0
              for at = 5, #b.text, 16 do
                local id = sub(b.text, at, at + 15)
                if sub(id, 1, 5) ~= bucket then found(show(id) .. ' stands elsewhere') end
                if S.jobs[id] and not indexed[id] then alive = alive + 1 end
                indexed[id] = true
              end
              if (#b.text - 4) % 16 ~= 0 or (#b.text - 4) / 16 - alive ~= b.dead then
                found('of ' .. (#b.text - 4) / 16 .. ' ids ' .. alive .. ' have jobs, and ' .. b.dead .. ' count as dead')
              end
              if not S.buckets[bucket] or alive == 0 then found('a piece is not known, or has none') end
            end
            for id in pairs(S.jobs) do if not indexed[id] then found(show(id)) end end
            for bucket in pairs(S.buckets) do if not S.index[bucket] then found('a piece is missing') end end
            """
        ),
        Question(
            "0 a job that has ended is in no line for its deletion, or in two",
            """
            for id, r in pairs(S.jobs) do
              if r.state >= SUCCEEDED and r.finished then
                local key = string.format('%.0f %.0f ', kept(r), r.finished) .. id
                local lines = S.ended[key] or 0
                -- One that is needed by another leaves its line and waits for that one's end.
                if lines ~= 1 and (lines > 1 or not S.kept.e[id]) then found(show(id) .. ' is in ' .. lines) end
              end
            end
            """
        ),
        Question(
            "0 nobody looks at a line for deletion",
            "for retention in pairs(S.lines) do if not S.lineTimes[retention] then found(retention) end end"
        ),
    ]

    /// Questions for the end alone: what they ask for is put in order in steps.
    static let lastQuestions: [Question] = [
        Question(
            "0 something is left to be done",
            "for _, key in ipairs({'te', 'tg'}) do if call('EXISTS', P .. key) == 1 then found(key) end end"
        )
    ]
}
