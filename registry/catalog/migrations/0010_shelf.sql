-- Cards say more than before: the shelves are made anew at the next search.
UPDATE shelf_head SET audit = -1;
